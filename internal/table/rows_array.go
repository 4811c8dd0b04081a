package table

var arrayRows = []Command{}
