<?php

declare(strict_types=1);

namespace Comserv\Token;

use Comserv\Exception\ConfigurationException;

/** A store in a folder of one machine, with a file for each client that only its user can read. */
final class FileTokenStore implements TokenStore
{
    private readonly string $folder;

    /**
     * @param string $folder created if it is missing
     * @throws ConfigurationException if it cannot be written
     */
    public function __construct(mixed $folder)
    {
        $this->folder = self::checkedFolder($folder);
        if (!is_dir($this->folder)) {
            @mkdir($this->folder, 0700, true);
        }
        if (!is_dir($this->folder) || !is_writable($this->folder)) {
            throw new ConfigurationException("The folder for tokens cannot be written: {$this->folder}.");
        }
    }

    /** An empty one, of a variable that is not set, would be the root. */
    private static function checkedFolder(mixed $folder): string
    {
        return is_string($folder) && $folder !== '' && !str_contains($folder, "\0")
            ? $folder
            : throw new ConfigurationException('The folder for tokens must be a non-empty string without a zero byte.');
    }

    public function read(string $name): ?string
    {
        $entry = @file_get_contents("{$this->folder}/{$name}");
        return $entry === false ? null : $entry;
    }

    public function write(string $name, #[\SensitiveParameter] string $entry, int $seconds): void
    {
        // Complete before it has the name, so that no process reads half of it.
        $temporary = "{$this->folder}/{$name}." . bin2hex(random_bytes(8));
        $file = @fopen($temporary, 'x');
        if ($file === false) {
            return;
        }
        @chmod($temporary, 0600);
        $isWritten = @fwrite($file, $entry) === strlen($entry);
        fclose($file);
        if (!$isWritten || !@rename($temporary, "{$this->folder}/{$name}")) {
            @unlink($temporary);
        }
    }
}
