import { ApiError } from '@meridian/client';
import { isSha256, sha256Hex } from './hash';
import type { Outbox } from './outbox';

/** A file that an image element of the board shows. */
export interface ImageFile {
  fileId: string;
  status: string;
}

/** What the image synchronisation needs from the editor and the server. */
export interface ImagePorts {
  /** The files that the document's image elements show. */
  files(): ImageFile[];
  has(fileId: string): boolean;
  /** Gives the editor the bytes of a file. */
  add(fileId: string, image: Blob): Promise<void>;
  /** Tells everybody that the server has this file. */
  markSaved(fileId: string): void;
  upload(fileId: string, image: Blob): Promise<void>;
  download(fileId: string): Promise<Blob>;
  failed(error: unknown): void;
}

const RETRY_MS = 5_000;

/**
 * Moves the bytes of images, which the document does not hold: images put in here go up to the server, images put in
 * by others come down. Both are tried again until they work or the server says that they never will.
 */
export class ImageSync {
  readonly #ports: ImagePorts;
  readonly #outbox: Outbox;
  readonly #busy = new Set<string>();
  /** Files that did not work just now and wait for the next attempt. */
  readonly #waiting = new Set<string>();
  readonly #hopeless = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(ports: ImagePorts, outbox: Outbox) {
    this.#ports = ports;
    this.#outbox = outbox;
  }

  /** Takes an image that the person puts in; the answer is its file id. */
  async take(image: Blob): Promise<string> {
    const id = await sha256Hex(new Uint8Array(await image.arrayBuffer()));
    await this.#outbox.put(id, image);
    await this.#ports.add(id, image);
    return id;
  }

  /** Looks at the document for images to move. Cheap when there is nothing to do: call it at every change. */
  readonly check = (): void => {
    for (const { fileId, status } of this.#ports.files()) {
      if (this.#stopped || !isSha256(fileId) || this.#isHandled(fileId)) continue;
      if (status === 'pending') void this.#run(fileId, () => this.#up(fileId));
      else if (!this.#ports.has(fileId)) void this.#run(fileId, () => this.#down(fileId));
    }
  };

  /** Tries again at once what did not work: the network is back. */
  readonly retry = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
    this.check();
  };

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #up(fileId: string): Promise<void> {
    const image = await this.#outbox.get(fileId);
    // Not here: somebody else's image, which that person's window is still sending.
    if (!image) return this.#down(fileId);
    if (!this.#ports.has(fileId)) await this.#ports.add(fileId, image);
    await this.#ports.upload(fileId, image);
    this.#ports.markSaved(fileId);
    await this.#outbox.delete(fileId);
  }

  async #down(fileId: string): Promise<void> {
    if (!this.#ports.has(fileId)) await this.#ports.add(fileId, await this.#ports.download(fileId));
  }

  #isHandled(fileId: string): boolean {
    return this.#busy.has(fileId) || this.#waiting.has(fileId) || this.#hopeless.has(fileId);
  }

  async #run(fileId: string, move: () => Promise<void>): Promise<void> {
    this.#busy.add(fileId);
    try {
      await move();
    } catch (error) {
      if (isFinal(error)) this.#giveUp(fileId, error);
      else this.#retryLater(fileId);
    } finally {
      this.#busy.delete(fileId);
    }
  }

  #giveUp(fileId: string, error: unknown): void {
    this.#hopeless.add(fileId);
    this.#ports.failed(error);
  }

  #retryLater(fileId: string): void {
    if (this.#stopped) return;
    this.#waiting.add(fileId);
    this.#timer ??= setTimeout(this.retry, RETRY_MS);
  }
}

/** Whether trying again is of no use. 404 is not final: the other person's upload may be under way. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status >= 400 && error.status < 500 && ![401, 404, 408, 425, 429].includes(error.status);
}
