/** Waits for a promise, at most that many seconds; then throws an error with the given words. */
export async function withinTime(promise, seconds, words) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
