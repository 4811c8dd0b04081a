//go:build !race

package choice

// rounds is how much is compared: enough for 20,000 commands.
const rounds = 24
