import interloop

# A dependency of this package, which pnpm puts beside the package itself and not into the project.
kleur = interloop.import_js("kleur")


def red(text):
    return kleur.default.red(text)
