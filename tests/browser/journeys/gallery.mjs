// Every page in every state: no accessibility finding, no sideways scroll, wide and light.
import { walkGallery } from '../lib/gallery.mjs';

export const name = 'every gallery page passes axe, wide and light';

export async function run(given) {
  await walkGallery(given, { viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
}
