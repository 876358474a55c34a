// Asks a server by openapi-fetch, with the types of openapi-typescript.
import createClient from "openapi-fetch";
import type { paths as Iris } from "./ots/iris";
import type { paths as Wells } from "./ots/wells";
import { text } from "./text";

// Without it, the types of all formats are one, which says nothing.
type Json = "application/json" | "application/problem+json";

async function main(baseUrl: string) {
  const i = createClient<Iris, Json>({ baseUrl });
  const { data: rows } = await i.POST("/iris/range", {
    body: { species: ["setosa"], lower: { sepal_length: 5, sepal_width: 3 }, upper: { sepal_length: 5.1 } },
  });
  const r = rows![0]!;
  console.log(`iris range ${rows!.length}:`, [r.sepal_length, r.sepal_width, r.petal_length, r.petal_width, r.label].map(text).join(" "));
  const { data: means } = await i.POST("/iris/stats/mean", { body: { species: ["setosa"] } });
  for (const m of means!) console.log("iris mean:", text(m.label), text(m.mean_sepal_length));
  const no = await i.POST("/iris/range", { body: { lower: { sepal_length: 6 }, upper: { sepal_length: 5 } } });
  console.log("iris refused:", no.response.status, no.error!.errors![0]!.code);

  const w = createClient<Wells, Json>({ baseUrl });
  const { data: wanted } = await w.POST("/wells/range", { body: { rings: [null, 8] } });
  for (const r of wanted!)
    console.log("wells range:", [r.id, r.site?.depth, r.site?.basin, r.dug, r.seen, r.dry, r.rings, r.note].map(text).join(" "));
  const { data: groups } = await w.POST("/wells/stats/mean", { body: { rings: [4, 8] } });
  for (const m of groups!) console.log("wells mean:", text(m.rings), text(m.mean_site?.depth));
  const refused = await w.POST("/wells/range", { body: { lower: { id: 2 }, upper: { id: 1 } } });
  console.log("wells refused:", refused.response.status, refused.error!.errors![0]!.code);
}
main(process.argv[2]!);
