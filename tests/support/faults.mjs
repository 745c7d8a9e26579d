// A host with one fault: a proxy that passes every call on and changes one thing about some answers. For tests of the tests.
import { createServer, request } from "node:http";

/**
 * Starts it in front of `target` (a URL). `fault(answer, call)` changes the answer in place: `{status, headers, body}`, with the headers a plain object and the
 * body a Buffer; `call` is `{method, path, headers}`. `send(call)` may change the call before it is passed on.
 */
export async function startFaulty(target, { fault = () => {}, send = () => {} } = {}) {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const call = { method: incoming.method, path: incoming.url, headers: { ...incoming.headers } };
    send(call);
    const onward = request({ hostname, port, method: call.method, path: call.path, headers: call.headers, localAddress: incoming.socket.remoteAddress.replace("::ffff:", "") }, (reply) => {
      const chunks = [];
      reply.on("data", (chunk) => chunks.push(chunk));
      reply.on("end", () => {
        const answer = { status: reply.statusCode, headers: { ...reply.headers }, body: Buffer.concat(chunks) };
        fault(answer, call);
        delete answer.headers["transfer-encoding"];
        if (call.method !== "HEAD") answer.headers["content-length"] = answer.body.length;
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.end(answer.body);
      });
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
