import { t } from '../i18n/t.ts'
import { noticeToCheck } from '../parts/notice.ts'
import { quoted } from '../record/kind.ts'

/** Says which categories of saved rules no document has: a misspelt one narrows to nothing. */
export function tellUnknownCategories(saved: object): void {
  const { unknown_categories: names = [] } = saved as { unknown_categories?: readonly string[] }
  if (names.length === 0) return
  noticeToCheck(
    t('No document has the category {{names}} yet. Check how it is spelt.', {
      names: names.map(quoted).join(', '),
    }),
  )
}
