import { run } from "../smoke.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <p>{await run()}</p>;
}
