import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { Section } from '../parts/section.tsx'
import './categories-in-use.css'

const shownMax = 100

/** Every category that a document names, with a record of its own or without; each leads to its documents. */
export function CategoriesInUse() {
  const { data } = useQuery({
    queryKey: ['documents', 'categories', 'counts'],
    queryFn: () => comserv.documents.categories({ limit: shownMax }),
  })
  if (!data || data.data.length === 0) return null
  return (
    <Section title={t('Categories in use')} frame="around">
      <ul className="categories-in-use">
        {data.data.map(({ category, document_count: count }) => (
          <li key={category}>
            <Anchor
              component={Link}
              to={`/console/documents?${new URLSearchParams({ category })}`}
              dir="auto"
            >
              {category}
            </Anchor>{' '}
            <span className="quiet">{t('{{count}} documents', { count })}</span>
          </li>
        ))}
      </ul>
      {data.meta.total_count > data.data.length && (
        <Text size="sm" c="dimmed" mt="xs">
          {t('and {{count}} more', { count: data.meta.total_count - data.data.length })}
        </Text>
      )}
    </Section>
  )
}
