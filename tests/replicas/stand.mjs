// What these suites stand on: a primary with replicas, a Redis that has been there for long, and a server in front of them.
import { startCluster } from "../support/cluster.mjs";
import { startRedis } from "../support/redis.mjs";
import { startEdge, startNode } from "../support/serve.mjs";
import { startServer } from "../support/server.mjs";

/** The statements of reads that replicas may answer, as patterns of LIKE. */
export const READS = { me: "SELECT u.id, u.email, u.name%", rooms: "SELECT r.id, r.name%ORDER BY m.room_id DESC%", room: "SELECT u.name, s.expires_at%", members: "SELECT u.id, u.name, m.role%LIMIT%" };

/** A cluster, a Redis and a server on a fresh database. `apart`: an edge and a node as processes of their own. */
export async function startStand({ replicas = 2, apart = false, nodeSecret } = {}) {
  const stand = { cluster: await startCluster(replicas), redis: await startRedis() };
  trust(stand.redis);
  stand.database = await stand.cluster.createDatabase();
  const redisUrl = stand.redis.url;
  if (apart) {
    const { url, replicaUrls } = stand.database;
    stand.node = await startNode({ databaseUrl: url, redisUrl });
    stand.server = await startEdge({ databaseUrl: url, redisUrl, nodeSecret, vars: { DATABASE_REPLICA_URLS: replicaUrls.join(",") } });
  } else {
    const database = { ...stand.database, server: stand.cluster.primary };
    stand.server = await startServer({ database, env: { REDIS_URL: redisUrl } });
  }
  await stand.cluster.caughtUp();
  return stand;
}

/** A Redis is believed about rights when it has been there for a minute: as if it had. */
export function trust(redis) {
  redis.cli("SET", "meridian:born", String((Date.now() - 3_600_000) * 1000));
}

/** How often each server ran the statements of one kind of read, or of all: `{primary, replicas: []}`. */
export function served(stand, patterns = [READS.me, READS.rooms, READS.members]) {
  const runs = (server) => patterns.reduce((sum, pattern) => sum + server.runs(stand.database.name, pattern), 0);
  return { primary: runs(stand.cluster.primary), replicas: stand.cluster.replicas.map(runs) };
}

export async function stopStand(stand) {
  for (const part of [stand?.server, stand?.node]) await part?.stop().catch(() => part.kill());
  await stand?.redis?.stop();
  await stand?.cluster?.stop();
}
