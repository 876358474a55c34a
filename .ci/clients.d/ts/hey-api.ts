// Asks a server by the clients that @hey-api/openapi-ts makes.
import * as iris from "./hey/iris";
import { client as irisClient } from "./hey/iris/client.gen";
import * as wells from "./hey/wells";
import { client as wellsClient } from "./hey/wells/client.gen";
import { text } from "./text";

async function main(baseUrl: string) {
  irisClient.setConfig({ baseUrl });
  const { data: rows } = await iris.irisRange({
    body: { species: ["setosa"], lower: { sepal_length: 5, sepal_width: 3 }, upper: { sepal_length: 5.1 } },
  });
  const r = rows![0]!;
  console.log(`iris range ${rows!.length}:`, [r.sepal_length, r.sepal_width, r.petal_length, r.petal_width, r.label].map(text).join(" "));
  const { data: means } = await iris.irisStatsMean({ body: { species: ["setosa"] } });
  for (const m of means!) console.log("iris mean:", text(m.label), text(m.mean_sepal_length));
  const no = await iris.irisRange({ body: { lower: { sepal_length: 6 }, upper: { sepal_length: 5 } } });
  console.log("iris refused:", no.response!.status, (no.error as iris.Problem).errors![0]!.code);

  wellsClient.setConfig({ baseUrl });
  const { data: wanted } = await wells.wellsRange({ body: { rings: [null, 8] } });
  for (const r of wanted!)
    console.log("wells range:", [r.id, r.site?.depth, r.site?.basin, r.dug, r.seen, r.dry, r.rings, r.note].map(text).join(" "));
  const { data: groups } = await wells.wellsStatsMean({ body: { rings: [4, 8] } });
  for (const m of groups!) console.log("wells mean:", text(m.rings), text(m.mean_site?.depth));
  const refused = await wells.wellsRange({ body: { lower: { id: 2 }, upper: { id: 1 } } });
  console.log("wells refused:", refused.response!.status, (refused.error as wells.Problem).errors![0]!.code);
}
main(process.argv[2]!);
