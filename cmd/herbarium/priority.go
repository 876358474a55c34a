package main

// maxNice is the highest nice value.
const maxNice = 19
