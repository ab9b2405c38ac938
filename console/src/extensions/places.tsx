import { useQuery } from '@tanstack/react-query'
import { catalogQuery } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { useMay } from '../session/use-session.ts'
import { NavGroup } from '../shell/console-nav.tsx'
import { recordKinds } from './records.ts'

/** The lists of records of extensions that the person may read. */
export function usePlaces() {
  const may = useMay()
  const { data } = useQuery(catalogQuery)
  const kinds = data ? recordKinds(data).filter(({ reads }) => may(reads)) : []
  return kinds.map(({ path, title, iconPath }) => ({ to: path, label: title, icon: { path: iconPath } }))
}

export function Places() {
  const places = usePlaces()
  return places.length > 0 && <NavGroup label={t('Extensions')} places={places} />
}
