import { run } from "../../smoke.js";

export const runtime = "edge";

export async function GET() {
  try {
    return new Response(await run());
  } catch (error) {
    return new Response(error.message, { status: 500 });
  }
}
