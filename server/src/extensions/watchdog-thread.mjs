// As in main.mjs: without the compiler that removes types, the thread takes 16 MB instead of 32.
import '../compiled.mjs'

await import('./watchdog-thread.ts')
