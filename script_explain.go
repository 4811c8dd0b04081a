package rueidistx

import "errors"

// explainUnknownScripts replaces the error of a script or function that the server turned out not to have, in a
// transaction, with the error of the command that had its text, which did not compile or was not allowed.
func (p *plan) explainUnknownScripts(v *verdict) {
	for _, c := range p.scripts {
		if c.source == nil || v.replies == nil || !c.source.unknown(v.replies[c.index].Error()) {
			continue
		}
		from := v.replies
		if c.source.library != nil {
			from = v.loading
		}
		if err := from[c.first].Error(); err != nil && !c.source.has(err) {
			v.errs[c.index].(*CommandError).Err = err
		}
	}
}

// sourceText returns the text of a call, "" if it is not known.
func (c *scriptCall) sourceText() string {
	if c.source != nil {
		return c.source.text
	}
	return c.text
}

// explainScripts completes the errors of the commands in [from, to): see explainScript.
func (p *plan) explainScripts(errs []error, from, to int) {
	if errs == nil {
		return
	}
	calls := p.calls(from, to)
	for i := range calls {
		explainScript(errs[calls[i].index], calls[i].sourceText())
	}
	for _, l := range p.loaded {
		explainScript(errs[l.index], l.source.text)
	}
}

// explainScript completes the message of a script's error with what is only safe to repeat because it is in the script's
// text.
func explainScript(err error, text string) {
	if err == nil || text == "" {
		return // before c takes memory
	}
	var c *CommandError
	if errors.As(err, &c) && isServerError(c.Err) {
		c.says = redactScript(c.Err.Error(), c.Name, text)
	}
}
