declare global {
  interface Window {
    EXCALIDRAW_ASSET_PATH?: string;
  }
}

// Read by Excalidraw when its module is loaded; without it, fonts would be asked for at a public CDN.
window.EXCALIDRAW_ASSET_PATH = '/assets/';

export {};
