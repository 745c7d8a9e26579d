// The gateway, held against the official client of Upstash and against plain HTTP, on a real Redis.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Redis } from "@upstash/redis";
import { removeAtExit, runEndings } from "../support/children.mjs";
import { freePort } from "../support/ports.mjs";
import { startGateway, startRedis } from "../support/redis.mjs";
import { until } from "../support/until.mjs";

let server, gateway, redis;

before(async () => {
  server = await startRedis();
  gateway = await startGateway(server);
  redis = new Redis({ url: gateway.url, token: gateway.token, retry: false });
});

after(async () => {
  await gateway?.stop();
  await server?.stop();
  await runEndings();
});

/** A request as it is, with the token. */
async function http(path, { method = "GET", body, headers = {} } = {}) {
  const authorization = `Bearer ${gateway.token}`;
  const response = await fetch(gateway.url + path, { method, body, headers: { authorization, ...headers } });
  return { status: response.status, body: await response.json() };
}

describe("the official client", () => {
  test("strings and numbers", async () => {
    assert.equal(await redis.ping(), "PONG");
    assert.equal(await redis.set("s", "value"), "OK");
    assert.equal(await redis.get("s"), "value");
    assert.equal(await redis.get("none"), null);
    assert.equal(await redis.set("s", "other", { nx: true }), null);
    assert.equal(await redis.set("new", "v", { nx: true, px: 60_000 }), "OK");
    assert.ok((await redis.pttl("new")) > 50_000);
    assert.deepEqual([await redis.incr("n"), await redis.incrby("n", 41)], [1, 42]);
    assert.equal(await redis.expire("n", 100), 1);
    assert.ok((await redis.ttl("n")) > 90);
    assert.equal(await redis.del("s", "none"), 1);
    assert.deepEqual(await redis.mget("n", "none"), [42, null]);
  });

  test("every character comes back, and what JSON would change too", async () => {
    for (const text of ["ü€😀", 'a"b\\c\n\r\t\u0000z', "OK", "T0s=", " ", "", "\ufeffx", "a,b"]) {
      await redis.set("t", text);
      assert.equal(server.cli("STRLEN", "t"), String(Buffer.byteLength(text)));
      const plain = new Redis({ url: gateway.url, token: gateway.token, retry: false, automaticDeserialization: false });
      // TextDecoder in the client drops a leading byte order mark; the bytes that travel are whole.
      assert.equal(await plain.get("t"), text.replace(/^\ufeff/, ""));
    }
    await redis.set("object", { a: [1, "ü"], b: null });
    assert.deepEqual(await redis.get("object"), { a: [1, "ü"], b: null });
  });

  test("hashes, sorted sets, lists", async () => {
    assert.equal(await redis.hset("h", { a: "1", b: "ü" }), 2);
    assert.deepEqual(await redis.hgetall("h"), { a: 1, b: "ü" });
    assert.equal(await redis.hdel("h", "a"), 1);
    assert.equal(await redis.zadd("z", { score: 2.5, member: "b" }, { score: 1, member: "a" }), 2);
    assert.deepEqual(await redis.zrange("z", 0, -1, { withScores: true }), ["a", 1, "b", 2.5]);
    await redis.rpush("l", "x", "y");
    assert.deepEqual(await redis.lrange("l", 0, -1), ["x", "y"]);
  });

  test("scripts: numbers, text, nothing, and arrays in arrays", async () => {
    const script = "return {1, KEYS[1], ARGV[1], false, {2, 'deep'}}";
    assert.deepEqual(await redis.eval(script, ["k"], ["ü"]), [1, "k", "ü", null, [2, "deep"]]);
  });

  test("a pipeline answers each command", async () => {
    const results = await redis.pipeline().set("p", "1").incr("p").get("p").exec();
    assert.deepEqual(results, ["OK", 2, 2]);
    const pipeline = redis.pipeline().set("text", "x").incr("text").get("text");
    const kept = await pipeline.exec({ keepErrors: true });
    assert.equal(kept[0].result, "OK");
    assert.match(kept[1].error, /^ERR value is not an integer/);
    assert.equal(kept[2].result, "x");
  });

  test("a transaction is one", async () => {
    assert.deepEqual(await redis.multi().set("m", "1").incr("m").exec(), ["OK", 2]);
    const transaction = Promise.all(Array.from({ length: 20 }, () => redis.multi().incr("c").incr("c").exec()));
    for (const [one, two] of await transaction) assert.equal(two, one + 1, "nobody's command came between");
  });

  test("errors are Redis' own words", async () => {
    await redis.set("text", "x");
    await assert.rejects(redis.incr("text"), /ERR value is not an integer or out of range/);
    await assert.rejects(redis.hget("text", "f"), /WRONGTYPE/);
    await assert.rejects(redis.eval("return nonsense(", [], []), /ERR/);
  });

  test("a message that is published is heard by who subscribes", async () => {
    const heard = [];
    const subscription = redis.subscribe(["chat"]);
    subscription.on("message", ({ message }) => heard.push(message));
    await until(() => server.cli("PUBSUB", "NUMSUB", "chat").endsWith("1"), "the subscription");
    assert.equal(await redis.publish("chat", "hällo, you"), 1);
    await redis.publish("chat", { json: true });
    await until(() => heard.length === 2, "both messages");
    assert.deepEqual(heard, ["hällo, you", { json: true }]);
    await subscription.unsubscribe();
    await until(() => server.cli("PUBSUB", "NUMSUB", "chat").endsWith("0"), "the end of the subscription");
  });

  test("another token is refused", async () => {
    for (const token of ["wrong", `${gateway.token}x`, gateway.token.slice(1)]) {
      const other = new Redis({ url: gateway.url, token, retry: false });
      await assert.rejects(other.get("s"), /Unauthorized/);
    }
  });
});

describe("plain HTTP", () => {
  test("commands in the path, with a body and with parameters", async () => {
    assert.deepEqual(await http("/set/path/a%2Fb"), { status: 200, body: { result: "OK" } });
    assert.deepEqual(await http("/get/path"), { status: 200, body: { result: "a/b" } });
    await http("/set/body?EX=100", { method: "POST", body: "ü" });
    assert.deepEqual(await http("/get/body", { headers: { "upstash-encoding": "base64" } }), { status: 200, body: { result: "w7w=" } });
    assert.ok((await http("/ttl/body")).body.result > 90);
    const token = await fetch(`${gateway.url}/get/path?_token=${gateway.token}`);
    assert.deepEqual(await token.json(), { result: "a/b" });
  });

  test("any bytes go in by the body and come back by base64", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await http("/set/bytes", { method: "POST", body: bytes });
    const { body } = await http("/get/bytes", { headers: { "upstash-encoding": "base64" } });
    assert.deepEqual(Buffer.from(body.result, "base64"), bytes);
  });

  test("what is wrong is told by Upstash's status codes", async () => {
    const post = (body, path = "/") => http(path, { method: "POST", body });
    for (const [answer, status] of [
      [await post("{"), 400],
      [await post("[]"), 400],
      [await post('["NONSENSE"]'), 400],
      [await post('["SUBSCRIBE", "c"]'), 400],
      [await post('["GET"]'), 400],
      [await post("[]", "/pipeline"), 400],
      [await post('[["SET", "d", "1"], ["NONSENSE"]]', "/multi-exec"), 400],
      [await http("/", { method: "DELETE" }), 405],
      [await http("/ping", { headers: { "upstash-response-format": "resp2" } }), 400],
      [await http("/ping", { headers: { authorization: "Bearer wrong" } }), 401],
      [await http("/ping", { headers: { authorization: "" } }), 401],
      [await post(JSON.stringify(["SET", "large", "x".repeat(1 << 20)])), 413],
    ]) {
      assert.equal(answer.status, status, JSON.stringify(answer));
      assert.equal(typeof answer.body.error, "string");
    }
    assert.equal((await http("/get/d")).body.result, null, "a transaction with a wrong command does nothing");
  });

  test("a refused command in a pipeline leaves the others as they are", async () => {
    const { body } = await http("/pipeline", { method: "POST", body: '[["SELECT", "1"], ["SET", "q", "1"], ["BLPOP", "l", "0"], ["GET", "q"]]' });
    assert.match(body[0].error, /not available/);
    assert.match(body[2].error, /not available/);
    assert.deepEqual([body[1], body[3]], [{ result: "OK" }, { result: "1" }]);
  });
});

describe("TLS", () => {
  test("rediss:// works, and only with a certificate that is trusted", async () => {
    const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-tls-")));
    const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test root");
    const leaf = ["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    openssl("req", "-x509", ...key, "-keyout", "key.pem", "-out", "cert.pem", ...leaf, "-CA", "ca.pem", "-CAkey", "ca.key");
    const port = String(await freePort());
    const files = ["--tls-cert-file", join(folder, "cert.pem"), "--tls-key-file", join(folder, "key.pem")];
    const secure = await startRedis({ args: ["--tls-port", port, ...files, "--tls-auth-clients", "no"] });
    const answers = async (env) => {
      const front = await startGateway({ url: `rediss://127.0.0.1:${port}` }, { env, args: ["--timeout-ms", "5000"] });
      const client = new Redis({ url: front.url, token: front.token, retry: false });
      return client.ping().finally(() => front.stop());
    };
    assert.equal(await answers({ SSL_CERT_FILE: join(folder, "ca.pem") }), "PONG");
    await assert.rejects(answers({}), /certificate/i);
    await secure.stop();
  });
});

describe("faults", () => {
  test("while Redis is away calls fail soon with 503, and work when it is back", async () => {
    for (const [away, back] of [
      [() => server.pause(), () => server.resume()],
      [() => server.kill(), () => server.start()],
    ]) {
      await away();
      const begin = Date.now();
      const { status, body } = await http("/incr/away");
      assert.equal(status, 503, JSON.stringify(body));
      assert.ok(Date.now() - begin < 2000, `${Date.now() - begin} ms`);
      await back();
      await until(async () => (await http("/ping")).status === 200, "the gateway to find Redis again");
    }
  });

  test("SIGTERM ends it cleanly, also under a subscription", async () => {
    const other = await startGateway(server);
    const headers = { authorization: `Bearer ${other.token}`, accept: "text/event-stream" };
    const response = await fetch(`${other.url}/subscribe/c`, { method: "POST", headers });
    const reader = response.body.getReader();
    assert.match(new TextDecoder().decode((await reader.read()).value), /^data: subscribe,c,1\n/);
    const begin = Date.now();
    assert.deepEqual(await other.stop(), { code: 0, signal: null });
    assert.ok(Date.now() - begin < 3000, "at once");
    for (let end = {}; !end.done; ) end = await reader.read();
  });

  test("without a token it does not start", async () => {
    await assert.rejects(startGateway(server, { token: "" }), /UPSTASH_REDIS_REST_TOKEN must be set/);
  });
});
