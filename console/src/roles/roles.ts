import type { RoleCreate, RoleRecord, RoleUpdate } from 'comserv'
import { comserv } from '../api/client.ts'
import { queryClient } from '../api/query-client.ts'
import { labelOf } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { type Kind, quoted } from '../record/kind.ts'
import { admin } from '../shell/page.tsx'

const path = '/console/roles'

/** The catalog lists the roles, for the forms of users. */
function changed<T>(call: PromiseLike<T>): PromiseLike<T> {
  return call.then((result) => {
    void queryClient.invalidateQueries({ queryKey: ['catalog'] })
    return result
  })
}

/** As users have it: a built-in role by its label, another one by its own name. */
function titleOf({ name, built_in }: RoleRecord): string {
  return built_in ? labelOf(name) : name
}

export const roles: Kind<RoleRecord, RoleCreate, RoleUpdate, RoleRecord> = {
  plural: 'roles',
  label: t('Role'),
  path,
  trail: [...admin, { label: t('Roles'), to: path }],
  guide: 'narrowing#custom-roles',
  titleOf,
  called: (role) => quoted(titleOf(role)),
  calls: {
    get: (id) => comserv.roles.get(String(id)),
    create: (role) => changed(comserv.roles.create(role)),
    update: (id, change, match) => comserv.roles.update(String(id), change, match),
    delete: (id, match) => changed(comserv.roles.delete(String(id), match)),
  },
}
