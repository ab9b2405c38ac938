import './compiled.mjs'

await import('./main.ts')
