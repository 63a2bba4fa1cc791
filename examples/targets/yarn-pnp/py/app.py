import interloop

kleur = interloop.import_js("kleur")


def red(text):
    return kleur.default.red(text)
