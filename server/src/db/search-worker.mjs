import '../compiled.mjs'

await import('./search-worker.ts')
