// Every page in every state: no accessibility finding and no sideways scroll at 320 px, dark.
import { walkGallery } from '../lib/gallery.mjs';

export const name = 'every gallery page passes axe, 320 px and dark';

export async function run(given) {
  await walkGallery(given, { viewport: { width: 320, height: 700 }, colorScheme: 'dark' });
}
