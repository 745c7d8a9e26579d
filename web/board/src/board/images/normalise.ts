/** What the server takes. */
const ALLOWED = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const MAX_BYTES = 5 * 1024 * 1024;
/** The longest side of an image on a board, in pixels. */
const MAX_SIDE = 2048;

/** Makes an image that the server takes: other kinds become PNG, large ones are made smaller. */
export async function normaliseImage(file: Blob): Promise<Blob> {
  if (ALLOWED.has(file.type) && file.size <= MAX_BYTES) return file;
  const image = await load(file);
  const attempts: [type: string, side: number][] = [
    [file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png', MAX_SIDE],
    ['image/webp', MAX_SIDE],
    ['image/webp', MAX_SIDE / 2],
  ];
  for (const [type, side] of attempts) {
    const drawn = await draw(image, side, type);
    if (drawn.size <= MAX_BYTES && ALLOWED.has(drawn.type)) return drawn;
  }
  throw new Error('This image is too large.');
}

async function load(file: Blob): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return image;
  } catch {
    throw new Error('This image cannot be read.');
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

function draw(image: HTMLImageElement, maxSide: number, type: string): Promise<Blob> {
  // An SVG without a size of its own has none here either.
  const width = image.naturalWidth || maxSide;
  const height = image.naturalHeight || maxSide;
  const scale = Math.min(1, maxSide / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('This image cannot be converted.'))), type, 0.88);
  });
}
