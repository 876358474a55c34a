// Package mcp offers the operations of datasets to assistants, by the Model
// Context Protocol (modelcontextprotocol.io): a tool for each operation, and
// descriptions of datasets as resources. Every query takes the way of a query over
// HTTP, through the engine.
package mcp
