<?php

declare(strict_types=1);

namespace Comserv\Internal;

/** @internal */
final class Link
{
    private const LINKS = '/<([^>]*)>((?:[^,"]|"[^"]*")*)/';
    private const RELATION = '/;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i';

    /**
     * The query of `Link rel="next"` (RFC 8288). Only the query counts: the path may have changed behind a proxy.
     *
     * @return array<string, string>|null null on the last page
     */
    public static function nextQuery(?string $header): ?array
    {
        $links = [];
        preg_match_all(self::LINKS, $header ?? '', $links, PREG_SET_ORDER);
        foreach ($links as $link) {
            $relation = [];
            preg_match(self::RELATION, $link[2] ?? '', $relation);
            $names = strtolower(($relation[1] ?? '') . ($relation[2] ?? ''));
            if (in_array('next', explode(' ', $names), true)) {
                return self::parameters(explode('?', $link[1] ?? '', 3)[1] ?? '');
            }
        }
        return null;
    }

    /**
     * Not by `parse_str`, which renames parameters.
     *
     * @return array<string, string>
     */
    private static function parameters(string $query): array
    {
        $parameters = [];
        foreach (array_filter(explode('&', $query), static fn (string $pair): bool => $pair !== '') as $pair) {
            $parts = explode('=', $pair, 2);
            $parameters[urldecode($parts[0])] = urldecode($parts[1] ?? '');
        }
        return $parameters;
    }
}
