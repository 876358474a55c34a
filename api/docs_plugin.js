function () {
  // Swagger UI reads an answer with JSON.parse, which rounds integers beyond
  // 2^53. An answer with one is indented here and shown as text.
  function indent(text) {
    var out = "", depth = 0, quoted = false, escaped = false;
    function line() { out += "\n" + "  ".repeat(depth); }
    for (var i = 0; i < text.length; i++) {
      var c = text[i];
      if (quoted) {
        out += c;
        if (escaped) { escaped = false; } else if (c === "\\") { escaped = true; } else if (c === '"') { quoted = false; }
      } else if (c === '"') {
        quoted = true;
        out += c;
      } else if (c === "{" || c === "[") {
        out += c;
        if (text[i + 1] === "}" || text[i + 1] === "]") { out += text[++i]; } else { depth++; line(); }
      } else if (c === "}" || c === "]") {
        depth--;
        line();
        out += c;
      } else if (c === ",") {
        out += c;
        line();
      } else if (c === ":") {
        out += ": ";
      } else if (c.trim() !== "") {
        out += c;
      }
    }
    return out;
  }
  var long = new RegExp("[0-9]{16}");
  return {
    statePlugins: { spec: { wrapActions: {
      // A form that is opened must not ask for all rows: the parameter query,
      // which is written as content, would be filled with an object of everything.
      updateJsonSpec: function (original) {
        return function (spec) {
          Object.values(spec.paths || {}).forEach(function (path) {
            Object.values(path).forEach(function (operation) {
              (operation.parameters || []).forEach(function (parameter) {
                if (parameter.content) { parameter.examples = {}; }
              });
            });
          });
          return original(spec);
        };
      }
    } } },
    wrapComponents: {
      responseBody: function (Original, system) {
        return function (props) {
          if (typeof props.content === "string" && String(props.contentType).indexOf("json") >= 0 &&
              props.content.length < 1000000 && long.test(props.content)) {
            props = Object.assign({}, props, { content: indent(props.content), contentType: "text/plain" });
          }
          return system.React.createElement(Original, props);
        };
      }
    }
  };
}
