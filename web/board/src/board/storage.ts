/** How long opening the browser's storage may take before it counts as broken. */
const OPENING_MS = 3_000;

/** Whether this browser keeps data: private windows and full disks may not. */
export function storageWorks(): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), OPENING_MS);
    try {
      const request = indexedDB.open('meridian-probe');
      request.onerror = () => resolve(false);
      request.onsuccess = () => {
        request.result.close();
        resolve(true);
      };
    } catch {
      resolve(false);
    }
  });
}

/** Calls back when a later write fails because the storage is full. Returns the way to stop. */
export function onStorageFull(full: () => void): () => void {
  const listener = ({ reason }: PromiseRejectionEvent) => {
    if (reason instanceof DOMException && reason.name === 'QuotaExceededError') full();
  };
  addEventListener('unhandledrejection', listener);
  return () => removeEventListener('unhandledrejection', listener);
}
