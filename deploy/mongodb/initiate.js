// Makes a replica set of the members, and its users: the administrator, the
// loader, who writes, and the server, who reads. It can be run again at any
// time: what is there stays, and users get the passwords of the secrets.
//
//   mongosh --nodb --quiet initiate.js
//
// It runs in the network of the first member, because MongoDB lets only a
// caller from its own machine make the first user.
//
// Variables, which a sharded cluster sets:
//   SET      the replica set's name (herbarium); of the members of a set
//   MEMBERS  its members, with commas between
//   CONFIG   "true" for the set of the configuration servers
//   USERS    "none" where the administrator is the only user
//   SHARDS   on a mongos: the shards to add, each SET/HOST,HOST…, with spaces
//            between. Its users are those of the configuration servers.
//   SECRETS  folder of the secrets (/run/secrets)

const fs = require("fs");

const env = process.env;
const set = env.SET || "herbarium";
const members = (env.MEMBERS || "mongodb-1:27017,mongodb-2:27017,mongodb-3:27017").split(",");
const shards = (env.SHARDS || "").split(" ").filter((shard) => shard !== "");
const patience = 120; // tries, a second apart at least

function secret(name) {
  const file = `${env.SECRETS || "/run/secrets"}/${name}`;
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
  if (text === "") {
    throw new Error(`the secret ${name} is missing or empty; deploy/make-secrets makes it`);
  }
  return text;
}

// user reads whom an address is for.
function user(secretName) {
  const parts = /^mongodb:\/\/([^:@/]+):([^@/]+)@[^/]+\/([^?]+)/.exec(secret(secretName));
  if (parts === null) {
    throw new Error(`the secret ${secretName} is no address like mongodb://USER:PASSWORD@HOSTS/DATABASE`);
  }
  const [name, password, database] = parts.slice(1).map(decodeURIComponent);
  return { name, password, database };
}

// advance takes one step towards a set with an administrator. It returns the
// database "admin" as the administrator sees it, or null where it has to be
// called again.
function advance(password) {
  const first = connect("mongodb://127.0.0.1:27017/admin?directConnection=true");
  const hello = first.hello();
  if (hello.msg === "isdbgrid") {
    return administrator(password);
  }
  if (!hello.setName) {
    // The first member is preferred as primary, because the first user can
    // only be made on it.
    const config = { _id: set, members: members.map((host, i) => ({ _id: i, host, priority: i === 0 ? 2 : 1 })) };
    if (env.CONFIG === "true") {
      config.configsvr = true;
    }
    first.adminCommand({ replSetInitiate: config });
    print("the replica set was initiated");
    return null;
  }
  if (!hello.primary) {
    return null;
  }
  try {
    return administrator(password, `replicaSet=${set}&`);
  } catch (e) {
    if (e.code !== 18) {
      throw e; // anything but "authentication failed"
    }
  }
  if (hello.isWritablePrimary) {
    makeAdministrator(first, password);
  }
  return null;
}

// administrator returns the database "admin" as the administrator sees it.
function administrator(password, options = "") {
  return connect(
    `mongodb://admin:${encodeURIComponent(password)}@${members.join(",")}` +
      `/admin?${options}authSource=admin&w=majority&serverSelectionTimeoutMS=10000`,
  );
}

function makeAdministrator(first, password) {
  try {
    first.runCommand({ createUser: "admin", pwd: password, roles: ["root"], writeConcern: { w: "majority" } });
    print("the administrator was made");
  } catch (e) {
    if (e.code === 13) {
      e.message = "there is an administrator already, whose password is not the secret mongodb-admin-password";
    }
    throw e;
  }
}

function administrate(password) {
  let last = "there is no primary";
  for (let i = 0; i < patience; i++) {
    try {
      const admin = advance(password);
      if (admin !== null) {
        return admin;
      }
    } catch (e) {
      last = e.message;
      if (e.code === 13) {
        break; // not authorized, which time does not change
      }
    }
    sleep(1000);
  }
  throw new Error(`the replica set could not be set up: ${last}`);
}

// loaderRole makes the role of the loader on a mongos, beside readWrite: to shard the
// collections of its database, to split them and to move their parts, and to see which
// shards there are.
function loaderRole(admin, database) {
  const role = "herbariumLoader";
  const content = {
    privileges: [
      { resource: { db: database, collection: "" }, actions: ["enableSharding", "splitChunk", "moveChunk"] },
      { resource: { cluster: true }, actions: ["listShards"] },
    ],
    roles: [{ role: "readWrite", db: database }],
  };
  if (admin.getRole(role) === null) {
    admin.createRole({ role, ...content });
  } else {
    admin.updateRole(role, content);
  }
  return { role, db: "admin" };
}

function upsertUser(admin, { name, password }, role) {
  const roles = [role];
  if (admin.getUser(name) === null) {
    admin.createUser({ user: name, pwd: password, roles });
    print(`user ${name} was made`);
  } else {
    admin.updateUser(name, { pwd: password, roles });
    print(`user ${name} is up to date`);
  }
}

// Secrets first, so that a missing one is told before anything changes.
const password = secret("mongodb-admin-password");
const users = env.USERS === "none" ? null : { loader: user("loader-store"), server: user("server-store") };

const admin = administrate(password);
for (const shard of shards) {
  admin.runCommand({ addShard: shard }); // which changes nothing where it is one already
  print(`${shard.split("/")[0]} is a shard`);
}
if (users !== null) {
  const { loader, server } = users;
  const routed = shards.length > 0;
  upsertUser(admin, loader, routed ? loaderRole(admin, loader.database) : { role: "readWrite", db: loader.database });
  upsertUser(admin, server, { role: "read", db: server.database });
}
