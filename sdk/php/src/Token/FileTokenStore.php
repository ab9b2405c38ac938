<?php

declare(strict_types=1);

namespace Comserv\Token;

use Comserv\Exception\ConfigurationException;

/** A store in a folder of one machine, with a file for each client that only its user can read. */
final class FileTokenStore implements TokenStore
{
    /**
     * @param string $folder created if it is missing
     * @throws ConfigurationException if it cannot be written
     */
    public function __construct(private readonly string $folder)
    {
        if (str_contains($folder, "\0")) {
            throw new ConfigurationException('The name of the folder for tokens contains a zero byte.');
        }
        if (!is_dir($folder)) {
            @mkdir($folder, 0700, true);
        }
        if (!is_dir($folder) || !is_writable($folder)) {
            throw new ConfigurationException("The folder for tokens cannot be written: {$folder}.");
        }
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
        chmod($temporary, 0600);
        $isWritten = fwrite($file, $entry) === strlen($entry);
        fclose($file);
        if (!$isWritten || !@rename($temporary, "{$this->folder}/{$name}")) {
            @unlink($temporary);
        }
    }
}
