package table

var geoRows = []Command{}
