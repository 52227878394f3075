"""Names that programs obey: one table, by who obeys them and when. Compared without case; ``*`` stands for any letters but a separator.

``BY_THEMSELVES``: obeyed when a folder is entered or opened, a shell or an editor starts, or a version control is asked anything. Nobody has to run what is in the folder for it.
``BY_A_TOOL``: obeyed when somebody builds, tests, installs or hands the folder to an agent: everyday files of a project, which a request may ask for by name.
"""

from __future__ import annotations

BY_THEMSELVES = {
    "shells": [
        ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".cshrc", ".tcshrc", ".login", ".inputrc",
        ".screenrc", ".tmux.conf", ".byobu/*", ".oh-my-zsh/*", "profile.ps1", "microsoft.powershell_profile.ps1", ".xonshrc", ".nu/*", ".hushlogin",
    ],
    "folders that are entered": [".envrc", ".direnvrc", ".autoenv.zsh", ".autoenv", "mise.toml", ".mise.toml", ".mise.local.toml", "mise.local.toml", ".mise/*", ".rtx.toml", ".asdfrc"],
    "desktops": [
        ".xinitrc", ".xprofile", ".xsession", ".xsessionrc", ".xresources", ".xdefaults", ".xbindkeysrc", ".pam_environment", "autostart/*", "launchagents/*", "launchdaemons/*", "*.desktop", "*.lnk", "*.scf",
        "autorun.inf", "desktop.ini", ".config/*", ".local/*", ".asoundrc", ".mailcap", ".wezterm.lua", ".weechat/*", ".irssi/*", ".gnupg/*", ".mplayer/*",
    ],
    "services": ["systemd/*", "environment.d/*", "dbus-1/*", "cron.d/*", "cron.hourly/*", "cron.daily/*", "cron.weekly/*", "cron.monthly/*", "crontab", ".crontab", "anacrontab", "init.d/*", "rc.local"],
    "logins": ["authorized_keys", "authorized_keys2", ".rhosts", ".shosts", ".forward", ".procmailrc", ".k5login"],
    "editors": [
        ".vimrc", ".exrc", ".gvimrc", ".nvimrc", ".nvim.lua", "_vimrc", ".vim/*", ".emacs", ".emacs.el", ".emacs.d/*", ".dir-locals.el", ".dir-locals-2.el", ".vscode/*", ".devcontainer/*", ".devcontainer.json", ".idea/*",
        ".zed/*", ".fleet/*", "*.code-workspace", "*.sublime-project", ".helix/*", ".kakrc", ".nanorc", ".lvimrc", ".projectile", ".theia/*", ".vs/*",
    ],
    "agents": [
        ".mcp.json", "mcp.json", ".claude/*", ".claude.json", ".cursor/*", ".windsurf/*", ".gemini/*", ".codex/*", ".opencode/*", "opencode.json", "opencode.jsonc", ".continue/*", ".aider.conf.yml", ".aider/*", ".roo/*",
        ".kiro/*", ".cline/*", ".agents/*", ".agent/*", ".deskhand/*", ".goose/*", ".amazonq/*", ".junie/*", ".trae/*", ".augment/*", ".qwen/*", ".crush.json", "crush.json",
    ],
    "debuggers and interpreters": [
        ".gdbinit", ".gdbearlyinit", ".lldbinit", ".pdbrc", ".pdbrc.py", ".pythonrc", ".pythonrc.py", ".pythonstartup", ".ipython/*", ".jupyter/*", "ipython_config.py", "jupyter_*config.py", "sitecustomize.py",
        "usercustomize.py", "*.pth", ".irbrc", ".pryrc", ".ghci", ".ocamlinit", ".rprofile", ".renviron", ".julia/*", ".perldb", ".octaverc", ".maximarc", ".psqlrc", ".sqliterc", ".node_repl_history",
    ],
    "version control": [
        ".gitconfig", ".githooks/*", ".husky/*", ".hgrc", ".hg/hgrc*", ".svn/config", ".svn/servers", ".jj/repo/config.toml", ".bzr/branch/branch.conf", ".bzr/bazaar.conf", "_darcs/prefs/*", "lefthook.yml",
        "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook.toml", ".lefthook/*", ".overcommit.yml", "head",
    ],  # HEAD: with objects and refs beside it any folder is a bare repository, whose config git obeys
    "package managers": [
        ".npmrc", ".yarnrc", ".yarnrc.yml", ".yarn/*", ".pnpmfile.cjs", ".pnpmfile.mjs", ".condarc", ".cargo/*", ".bundle/*", ".mvn/*", "gradle-wrapper.properties", "gradle-wrapper.jar", ".bazelrc", ".pip/*", "pip.conf",
        ".pypirc", ".gemrc", ".curlrc", ".wgetrc", ".lesskey", ".rpmmacros", ".terraformrc", "terraform.rc", ".ansible.cfg", ".lftprc", ".muttrc", ".abcde.conf", ".pbuilderrc", ".dput.cf", ".rbenv/*", ".nvm/*",
    ],
}  # fmt: skip
BY_A_TOOL = {
    "builds": [
        "makefile", "gnumakefile", "*.mk", "cmakelists.txt", "cmakepresets.json", "cmakeuserpresets.json", "meson.build", "configure", "configure.ac", "build.ninja", "justfile", ".justfile", "taskfile.yml", "taskfile.yaml",
        "taskfile.dist.yml", "rakefile", "build.rs", "cargo.toml", "rust-toolchain", "rust-toolchain.toml", "*.gradle", "*.gradle.kts", "gradlew", "gradlew.bat", "gradle.properties", "pom.xml", "mvnw", "mvnw.cmd", "*.bazel",
        "workspace.bzlmod", "build.sbt", "build.xml", "*.csproj", "*.vbproj", "*.fsproj", "*.vcxproj", "*.sln", "directory.build.props", "directory.build.targets", "sconstruct", "sconscript", "wscript", "build.zig", "dune",
        "flake.nix", "shell.nix", "default.nix", ".tool-versions", "dockerfile", "dockerfile.*", "containerfile", "docker-compose*.yml", "docker-compose*.yaml", "compose.yml", "compose.yaml", "vagrantfile", "procfile",
        "tiltfile", "skaffold.yaml", "earthfile", "go.mod", "go.work",
    ],
    "packages": [
        "package.json", "pnpm-workspace.yaml", "bunfig.toml", "deno.json", "deno.jsonc", "setup.py", "setup.cfg", "pyproject.toml", "pipfile", "requirements*.txt", "environment.yml", "gemfile", "*.gemspec", "composer.json",
        "mix.exs", "package.swift", "podfile", "node_modules/*", ".venv/*", "venv/*", "site-packages/*", "vendor/autoload.php", "vendor/bundle/*",
    ],
    "tests and checks": [
        "conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "noxfile.py", ".rspec", "phpunit.xml", ".coveragerc", ".pre-commit-config.yaml", ".pre-commit-config.yml", ".eslintrc", ".eslintrc.*", ".prettierrc", ".prettierrc.*",
        ".babelrc", ".babelrc.*", ".mocharc.*", ".stylelintrc*", ".pylintrc", "mypy.ini", ".lintstagedrc*", ".swcrc", "*.config.js", "*.config.cjs", "*.config.mjs", "*.config.ts", "*.config.mts", "gulpfile.*", "gruntfile.*",
        "karma.conf.js", "jakefile", "jakefile.js", "protractor.conf.js", "tsconfig.json", "nodemon.json",
    ],
    "servers that build": [
        ".github/workflows/*", ".github/actions/*", ".gitlab-ci.yml", ".circleci/*", "jenkinsfile", "azure-pipelines.yml", ".travis.yml", "appveyor.yml", ".drone.yml", "bitbucket-pipelines.yml", "buildspec.yml",
        "cloudbuild.yaml", "netlify.toml", "vercel.json", "serverless.yml", ".woodpecker.yml", ".buildkite/*", ".forgejo/workflows/*", ".gitea/workflows/*",
    ],
    "services and servers": ["*.service", "*.timer", "*.socket", "*.container", "*.command", "ansible.cfg", ".terraform/*", ".htaccess", "web.config", ".user.ini", ".gitattributes", ".gitmodules"],
    "agents' instructions": [
        "agents.md", "agents.override.md", "claude.md", "claude.local.md", "gemini.md", "qwen.md", ".cursorrules", ".windsurfrules", ".clinerules", ".roorules", ".goosehints", "copilot-instructions.md", "*.instructions.md",
    ],
}  # fmt: skip
