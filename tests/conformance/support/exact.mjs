// A call that is sent exactly as given: any path, any method, from any local address. `fetch` would tidy up what is to be tested.
import { request } from "node:http";
import { answerOf } from "../../support/api.mjs";

/** Options: `token`, `headers`, `raw` (the body), `localAddress`. The answer is that of `call`. */
export function exact(server, method, path, { token, headers = {}, raw, localAddress } = {}) {
  const { hostname, port } = new URL(server.url);
  const all = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers };
  return new Promise((resolve, reject) => {
    const call = request({ method, path, hostname, port, headers: all, localAddress, agent: false }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        try {
          const answer = answerOf(response.statusCode, fromRaw(response.rawHeaders), Buffer.concat(chunks));
          server.judge?.(method, path, answer);
          resolve(answer);
        } catch (error) {
          reject(error);
        }
      });
    });
    call.on("error", reject);
    call.end(raw);
  });
}

function fromRaw(list) {
  const headers = new Headers();
  for (let i = 0; i < list.length; i += 2) headers.append(list[i], list[i + 1]);
  return headers;
}
