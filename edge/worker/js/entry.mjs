// Around the Worker: what is answered when its WebAssembly instance dies.
//
// A panic ends the instance at once, and with it every request that it was at. What is left of them waits for an answer that nobody will give, until the
// runtime notices. So each request waits for the end of the instance too, and gets the problem document that the API answers to any other defect. The next
// request begins with a new instance.
import Worker from "./index.js";

const PROBLEM = JSON.stringify({
  type: "urn:meridian:problem:internal",
  title: "Something went wrong",
  status: 500,
  detail: "The fault is ours and has been logged. Name the X-Request-Id when you report it.",
  code: "internal",
});

/** What ends the requests at work, each in its own way. */
const waiting = new Set();

addEventListener("error", ({ error }) => {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  for (const end of [...waiting]) end();
});

/** The most that is read away, bytes. */
const MOST = 32 * 1024 * 1024;

/**
 * The request with a body that can be had back. What the API did not read, since it refused the call before, is read away before the answer goes out: a proxy
 * in front that still sends would otherwise meet a closed connection and never pass the answer on (`wrangler dev` does not).
 */
function lend(request) {
  if (!request.body) return { lent: request, readAway: () => {} };
  const reader = request.body.getReader();
  const pull = async (controller) => {
    const { done, value } = await reader.read();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  const readAway = async () => {
    try {
      for (let left = MOST; left > 0; ) {
        const { done, value } = await reader.read();
        if (done) return;
        left -= value.length;
      }
    } catch {
      // The caller has gone.
    }
  };
  return { lent: new Request(request, { body: new ReadableStream({ pull }, { highWaterMark: 0 }) }), readAway };
}

export default {
  async fetch(request, env, ctx) {
    const id = request.headers.get("x-request-id") ?? crypto.randomUUID().replaceAll("-", "");
    let end;
    const died = new Promise((resolve) => (end = () => resolve(undefined)));
    waiting.add(end);
    try {
      const { lent, readAway } = lend(request);
      const answer = (await Promise.race([new Worker(ctx, env).fetch(lent), died])) ?? failed(id);
      await readAway();
      return answer;
    } catch (error) {
      console.error(JSON.stringify({ level: "ERROR", message: "a request failed outside of the API", id, error: String(error) }));
      return failed(id);
    } finally {
      waiting.delete(end);
    }
  },
};

function failed(id) {
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": /^[\w.-]{1,64}$/.test(id) ? id : "unknown" };
  return new Response(PROBLEM, { status: 500, headers });
}
