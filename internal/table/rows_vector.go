package table

var vectorRows = []Command{}
