package main

// leastPriority is the highest nice value.
const leastPriority = 19
