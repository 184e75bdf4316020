// Objects that V8's compilation cache holds until a last-resort collection: modules of `node:vm`.
import vm from "node:vm";
import { assertCollected, track, type LeakError, type Probe } from "../../src/index.ts";

const load = async (): Promise<object> => {
  const module = new vm.SourceTextModule("export const state = { big: [1, 2, 3] };");
  await module.link(() => {
    throw new Error("no imports");
  });
  await module.evaluate();
  return module.namespace as object;
};

const probe: Probe = await load().then((namespace) => track(namespace));
console.log(await probe.status());
const wrapped = async (): Promise<object> => ({ namespace: await load() });
await assertCollected(wrapped);
const error = (await assertCollected(wrapped, { allow: "plain" }).catch(
  (reason) => reason,
)) as LeakError;
console.log(error.message);
