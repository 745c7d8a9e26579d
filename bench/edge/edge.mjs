// The edge's hosts side by side, in one run: how long until a fresh one answers, and how long sign-in, a list of rooms and a ticket take.
//
// All hosts run at once and are called in turn, so that what else the machine does falls on all alike. Postgres and Redis are on the same machine: the figures are the hosts' own.
import { parseArgs } from "node:util";
import { startHost, stopShared } from "../../tests/support/hosts/index.mjs";

const { values: options } = parseArgs({
  options: {
    hosts: { type: "string", default: "native-postgres,workerd-postgres,spin" },
    starts: { type: "string", default: "5" },
    rounds: { type: "string", default: "10" },
    calls: { type: "string", default: "30" },
    json: { type: "boolean", default: false },
  },
});
const HOSTS = options.hosts.split(",");
const PASSWORD = "correct horse battery";

const figures = Object.fromEntries(HOSTS.map((name) => [name, { cold: [], first: [], signin: [], list: [], ticket: [] }]));

for (let i = 0; i < Number(options.starts); i++) {
  for (const name of HOSTS) await coldStart(name);
}
await warm();
await stopShared();
report();

/** From nothing to ready, and the first call of a host that has answered none. */
async function coldStart(name) {
  const host = await startHost(name);
  try {
    figures[name].cold.push(host.readyMs);
    figures[name].first.push(await timed(() => get(`${host.url}/v1/limits`)));
  } finally {
    await host.stop();
  }
}

async function warm() {
  const started = await Promise.all(HOSTS.map((name) => startHost(name)));
  try {
    const users = await Promise.all(started.map((host) => newcomer(host.url)));
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const [i, name] of HOSTS.entries()) await callAll(figures[name], users[i], round > 0);
      progress(round + 1);
    }
  } finally {
    for (const host of started) await host.stop();
  }
}

/** The first round warms up: connections, statements, code. */
async function callAll(figure, user, counts) {
  const kinds = {
    signin: () => post(user.url, "/v1/auth/signin", { email: user.email, password: PASSWORD }),
    list: () => get(`${user.url}/v1/rooms?limit=20`, user.token),
    ticket: () => post(user.url, `/v1/rooms/${user.room}/ticket`, {}, user.token),
  };
  for (const [kind, call] of Object.entries(kinds)) {
    for (let i = 0; i < Number(options.calls); i++) {
      const ms = await timed(call);
      if (counts) figure[kind].push(ms);
    }
  }
}

/** Someone with twenty rooms. */
async function newcomer(url) {
  const email = "ada@example.com";
  const { access_token: token } = await post(url, "/v1/auth/signup", { email, name: "Ada", password: PASSWORD });
  let room;
  for (let i = 0; i < 20; i++) room = (await post(url, "/v1/rooms", { name: `Room ${i}` }, token)).id;
  return { url, email, token, room };
}

async function timed(call) {
  const begin = performance.now();
  await call();
  return performance.now() - begin;
}

function get(url, token) {
  return answer(fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} }));
}

function post(base, path, body, token) {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  return answer(fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answer(response) {
  const settled = await response;
  const value = await settled.json();
  if (!settled.ok) throw new Error(`${settled.url}: ${JSON.stringify(value)}`);
  return value;
}

function quantile(numbers, q) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function progress(round) {
  process.stderr.write(`\r${"#".repeat(round).padEnd(Number(options.rounds), ".")} round ${round} of ${options.rounds}${round === Number(options.rounds) ? "\n" : ""}`);
}

function report() {
  if (options.json) return console.log(JSON.stringify(summary()));
  const cell = (n) => n.toFixed(1).padStart(8);
  console.log("ms                    ready   first call   sign-in p50     p99   list p50     p99   ticket p50     p99");
  for (const [name, f] of Object.entries(summary())) {
    console.log(`${name.padEnd(18)} ${cell(f.ready_ms)} ${cell(f.first_ms)}      ${cell(f.signin.p50)} ${cell(f.signin.p99)}   ${cell(f.list.p50)} ${cell(f.list.p99)}     ${cell(f.ticket.p50)} ${cell(f.ticket.p99)}`);
  }
}

function summary() {
  const both = (numbers) => ({ p50: quantile(numbers, 0.5), p99: quantile(numbers, 0.99), calls: numbers.length });
  const of = (f) => ({ ready_ms: quantile(f.cold, 0.5), first_ms: quantile(f.first, 0.5), signin: both(f.signin), list: both(f.list), ticket: both(f.ticket) });
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, of(figure)]));
}
