import { documentBodyBytesMax } from '../api/limits.ts'
import { resource } from '../resource/resource.ts'
import { categoryRoutes } from './category-routes.ts'
import { documentEvents } from './events.ts'
import { exportDocuments } from './export-service.ts'
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
  events: documentEvents.types,
  auditActions: ['document.refuse_publication'],
  list: service.listDocuments,
  get: service.record.get,
  create: service.createDocument,
  update: service.updateDocument,
  delete: service.deleteDocument,
  restore: service.restoreDocument,
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
