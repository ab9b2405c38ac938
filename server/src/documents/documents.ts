import { documentBodyBytesMax } from '../api/limits.ts'
import { hookErrors } from '../hooks/consult.ts'
import { resource } from '../resource/resource.ts'
import { categoryRoutes } from './category-routes.ts'
import { documentEvents } from './events.ts'
import { exportDocuments } from './export-service.ts'
import * as hooked from './hooked.ts'
import { importing } from './import-service.ts'
import { revisionRoutes } from './revision-routes.ts'
import { scheduledPublishing } from './scheduled-publishing.ts'
import * as schema from './schema.ts'
import * as service from './service.ts'
import * as store from './store.ts'

export const documents = resource({
  name: 'document',
  plural: 'documents',
  tag: 'Documents',
  reads: 'documents:read',
  writes: 'documents:write',
  schema: {
    full: schema.Document,
    listed: schema.ListedDocument,
    created: schema.Document,
    create: schema.DocumentCreate,
    update: schema.DocumentUpdate,
    filters: schema.DocumentFilters,
  },
  sorts: schema.documentSorts,
  bodyBytesMax: documentBodyBytesMax,
  words: {
    create: { errors: hookErrors.create },
    update: { errors: hookErrors.update },
    batch: { errors: hookErrors.batch },
    restore: { errors: hookErrors.create },
  },
  events: documentEvents.types,
  auditActions: ['document.refuse_publication'],
  assisted: { namedBy: 'title' },
  list: service.listDocuments,
  get: service.record.get,
  create: hooked.createDocument,
  update: hooked.updateDocument,
  delete: service.deleteDocument,
  restore: hooked.restoreDocument,
  lock: store.trash.lock,
  export: exportDocuments,
  importing,
  trash: { ...store.trash, purgedAtOnce: 50 },
  tasks: (context) => [scheduledPublishing(context)],
  routes(app, context) {
    categoryRoutes(app, context)
    revisionRoutes(app, context)
  },
})
