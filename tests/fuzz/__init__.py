"""Files and texts of strangers, damaged in every way: each parser reads them or refuses them in a sentence."""
