// Runs initiate.js as mongosh would, on servers that only pretend: each says what it was
// told. The first argument is the script, the second the kind of the servers: a set that
// is new, a set that stands, a mongos, or a mongos that was set up before.
const fs = require("fs");
const vm = require("vm");

const [script, kind] = process.argv.slice(2);
const log = (...words) => console.log(words.join(" "));
let initiated = kind !== "new";
let administrators = kind === "new" ? 0 : 1;
const users = new Set();
const roles = new Set(kind === "mongos again" ? ["herbariumLoader"] : []);

function connect(uri) {
  const { username, host, searchParams } = new URL(uri.replace(/,[^/]*/, ""));
  if (username !== "" && administrators === 0) {
    throw Object.assign(new Error("authentication failed"), { code: 18 });
  }
  log("connect", username || "nobody", host, searchParams.get("replicaSet") || "-");
  return {
    hello() {
      if (kind.startsWith("mongos")) {
        return { ok: 1, msg: "isdbgrid" };
      }
      return initiated ? { ok: 1, setName: "x", primary: host, isWritablePrimary: true } : { ok: 1 };
    },
    adminCommand(command) {
      initiated = true;
      log(JSON.stringify(command));
    },
    runCommand(command) {
      administrators += command.createUser === "admin" ? 1 : 0;
      log(JSON.stringify(command));
    },
    getRole: (name) => (roles.has(name) ? { role: name } : null),
    createRole({ role, privileges, roles: inherited }) {
      roles.add(role);
      log("create role", role, JSON.stringify(privileges), JSON.stringify(inherited));
    },
    updateRole(role, { privileges, roles: inherited }) {
      log("update role", role, JSON.stringify(privileges), JSON.stringify(inherited));
    },
    getUser: (name) => (users.has(name) ? { name } : null),
    createUser({ user, roles }) {
      users.add(user);
      log("create", user, JSON.stringify(roles));
    },
    updateUser(name, { roles }) {
      log("update", name, JSON.stringify(roles));
    },
  };
}

vm.runInNewContext(fs.readFileSync(script, "utf8"), { connect, print: (text) => log("#", text), sleep() {}, require, process, encodeURIComponent, decodeURIComponent });
