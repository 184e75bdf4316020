import { expect, test } from "vitest";
import { packProducts, spoolInProcess, useTraceFolder } from "./trace-folder.ts";

const folder = useTraceFolder();

test("a file of more than 2 ** 31 bytes is read in a heap of 64 MB", async () => {
  const { packed, requests, keys } = packProducts(2_200);

  const found = await spoolInProcess(folder.write("a.gz", packed));

  expect(found).toMatchObject({ requests, keys });
  expect(found.peakMb).toBeLessThan(150);
});
