/** What the modules of extensions import as `comserv-server/extension`. */
export { Type } from './api/type.ts'
export * from './extension/declaration.ts'
