import { digest } from 'lib0/hash/sha256';
import { toHexString } from 'lib0/buffer';

/** SHA-256 in lower-case hex: the name of an image. Browsers have it built in only on secure pages. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = globalThis.crypto?.subtle ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)) : digest(bytes);
  return toHexString(hash);
}

/** Whether a file id is such a name: ids of other origin can't be fetched. */
export function isSha256(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
