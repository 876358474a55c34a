// Asks a server by the clients that openapi-generator makes for TypeScript.
import * as iris from "./og/iris";
import * as wells from "./og/wells";
import { day, text } from "./text";

async function refused(name: string, ask: () => Promise<unknown>) {
  try {
    await ask();
  } catch (e) {
    const { response } = e as iris.ResponseError;
    console.log(`${name} refused:`, response.status, (await response.json()).errors[0].code);
  }
}

async function main(basePath: string) {
  const i = new iris.IrisApi(new iris.Configuration({ basePath }));
  const species = new Set([iris.IrisLabelValue.Setosa]);
  const rows = await i.irisRange({
    irisRangeQuery: { species, lower: { sepalLength: 5, sepalWidth: 3 }, upper: { sepalLength: 5.1 } },
  });
  const r = rows[0]!;
  console.log(`iris range ${rows.length}:`, [r.sepalLength, r.sepalWidth, r.petalLength, r.petalWidth, r.label].map(text).join(" "));
  for (const m of await i.irisStatsMean({ irisStatsMeanQuery: { species } })) console.log("iris mean:", text(m.label), text(m.meanSepalLength));
  await refused("iris", () => i.irisRange({ irisRangeQuery: { lower: { sepalLength: 6 }, upper: { sepalLength: 5 } } }));

  const w = new wells.WellsApi(new wells.Configuration({ basePath }));
  for (const r of await w.wellsRange({ wellsRangeQuery: { rings: new Set([null, 8 as const]) } }))
    console.log("wells range:", [r.id, r.site?.depth, r.site?.basin, day(r.dug), r.seen, r.dry, r.rings, r.note].map(text).join(" "));
  for (const m of await w.wellsStatsMean({ wellsStatsMeanQuery: { rings: new Set([4 as const, 8 as const]) } }))
    console.log("wells mean:", text(m.rings), text(m.meanSite?.depth));
  await refused("wells", () => w.wellsRange({ wellsRangeQuery: { lower: { id: 2 }, upper: { id: 1 } } }));
}
main(process.argv[2]!);
