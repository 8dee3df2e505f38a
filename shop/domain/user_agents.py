"""What a browser calls itself, as people know it; the rest of that line would only tell people apart."""

# The first that stands in the line: browsers name their forebears too.
BROWSERS = (
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
ON = {"de": "auf", "en": "on"}


def browser(line: str) -> str:
    """Empty when we do not know it."""
    return next((name for mark, name in BROWSERS if mark in line), "")


def system(line: str) -> str:
    return next((name for mark, name in SYSTEMS if mark in line), "")


def name(line: str, language: str) -> str:
    """Such as "Chrome auf Android"; empty when we know neither."""
    return f" {ON[language]} ".join(filter(None, (browser(line), system(line))))
