"""One set of icons: 24 × 24 line drawings as SVG, tinted by the theme, rendered for the screen's pixel ratio."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap

PATHS = {
    "add": "M12 5v14M5 12h14",
    "search": "M11 4a7 7 0 1 1 0 14a7 7 0 0 1 0-14M16 16l4.5 4.5",
    "chat": "M4 5h16v11H9l-5 4z",
    "send": "M5 12h13M12 6l6 6-6 6",
    "stop": "M7 7h10v10H7z",
    "undo": "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 0 8",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "again": "M20 6v5h-5M20 11a8 8 0 1 0-1 6",
    "edit": "M4 20l1-5L16 4l4 4L9 19z",
    "models": "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
    "tools": "M14 7a4 4 0 0 1 5-4l-2.5 3 1.5 2 3.5-1a4 4 0 0 1-5.5 4L7 20l-3-3 9-8.5",
    "skills": "M12 3l2.2 6.3L21 12l-6.800 2.700L12 21l-2.200-6.300L3 12l6.800-2.700z",
    "schedules": "M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M12 8v4.500l3 2",
    "devices": "M3 5h12v9H3zM7 18h4M9 14v4M17 9h4v10h-4z",
    "activity": "M3 12h4l3-8 4 16 3-8h4",
    "memory": "M6 3h12v18l-6-4-6 4z",
    "settings": "M12 9a3 3 0 1 1 0 6a3 3 0 0 1 0-6M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M18.4 5.6l-2.2 2.2M7.8 16.2l-2.2 2.2",
    "sidebar": "M4 5h16v14H4zM9 5v14",
    "inspector": "M4 5h16v14H4zM15 5v14",
    "theme": "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
    "done": "M5 12.5l4.5 4.5L19 7",
    "failed": "M6 6l12 12M18 6L6 18",
    "waiting": "M12 5a7 7 0 1 1 0 14a7 7 0 0 1 0-14",
    "ready": "M12 5a7 7 0 1 1 0 14a7 7 0 0 1 0-14M12 9v6M9 12h6",
    "running": "M12 4a8 8 0 0 1 8 8M12 20a8 8 0 0 1-8-8",
    "blocked": "M12 5a7 7 0 1 1 0 14a7 7 0 0 1 0-14M7.5 7.5l9 9",
    "skipped": "M6 6l7 6-7 6zM17 6v12",
    "parked": "M9 6v12M15 6v12",
    "cancelled": "M7 7h10v10H7z",
    "warning": "M12 4l9 16H3zM12 10v5M12 17.5v.5",
    "more": "M6 12h.01M12 12h.01M18 12h.01",
    "open": "M9 6l6 6-6 6",
    "close": "M6 6l12 12M18 6L6 18",
    "down": "M6 9l6 6 6-6",
    "file": "M6 3h8l5 5v13H6zM14 3v5h5",
    "trash": "M5 7h14M10 4h4M7 7l1 13h8l1-13",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
}


def icon(name: str, color: str, size: int = 20) -> QIcon:
    """The icon in one colour."""
    return QIcon(pixmap(name, color, size))


def pixmap(name: str, color: str, size: int = 20) -> QPixmap:
    """The same as pixels, sharp on the densest screen."""
    from PySide6.QtSvg import QSvgRenderer  # loaded with the first picture, after the window is there

    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{PATHS[name]}" fill="none" stroke="{color}" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    application = QGuiApplication.instance()
    ratio = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    picture = QPixmap(QSize(size, size) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
