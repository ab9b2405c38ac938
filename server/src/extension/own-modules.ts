import { registerHooks } from 'node:module'

/** What modules of extensions, and their tests, import. */
const entries: Readonly<Record<string, string>> = {
  'comserv-server/extension': './declaration.ts',
  'comserv-server/extension/testing': './testing.ts',
}

// The folder of extensions need not have the server as a package: wherever it lies, these names mean this server.
registerHooks({
  resolve(specifier, context, next) {
    const own = entries[specifier]
    if (own === undefined) return next(specifier, context)
    return { url: new URL(own, import.meta.url).href, shortCircuit: true }
  },
})
