import { run } from "../../smoke.js";

export const dynamic = "force-dynamic";

export async function GET() {
  return new Response(await run());
}
