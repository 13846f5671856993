namespace Studio.Web.Components;

/// <summary>Outlines of the icons, drawn on a grid of 24; <see cref="Glyph"/> strokes them in the colour of the text.</summary>
public static class Glyphs
{
    public const string Home = "M3 11l9-8 9 8v9a1 1 0 01-1 1h-5v-6H9v6H4a1 1 0 01-1-1z";
    public const string Data = "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3zm0 0v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3";
    public const string Train = "M6 4l13 8-13 8z";
    public const string Runs = "M3 17l6-6 4 4 8-8";
    public const string Models = "M12 2l9 5v10l-9 5-9-5V7zM3 7l9 5 9-5M12 12v10";
    public const string Adapters = "M9 3v6m6-6v6M6 9h12v4a6 6 0 01-12 0zM12 19v3";
    public const string Playground = "M21 12a8 8 0 01-8 8H4l2-3a8 8 0 1115-5z";
    public const string Endpoints = "M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01";
    public const string Evaluations = "M9 11l3 3 8-8M20 12v7a1 1 0 01-1 1H5a1 1 0 01-1-1V5a1 1 0 011-1h10";
    public const string Settings = "M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM9 14.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5z";
    public const string Search = "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L21 21";
    public const string Menu = "M4 6h16M4 12h16M4 18h16";
    public const string Collapse = "M4 5h16v14H4zM9 5v14";
    public const string Theme = "M12 3a9 9 0 100 18 9 9 0 000-18zM12 3v18a9 9 0 000-18zM12 8h4.5M12 12h6M12 16h4.5";
    public const string Language = "M12 3a9 9 0 100 18 9 9 0 000-18zM3 12h18M12 3c2.5 2.5 3.5 5.5 3.5 9s-1 6.5-3.5 9c-2.5-2.5-3.5-5.5-3.5-9s1-6.5 3.5-9z";
    public const string Check = "M5 12.5l4.5 4.5L19 7.5";
    public const string Cross = "M6 6l12 12M18 6L6 18";
    public const string Warning = "M12 4l9 16H3zM12 10v4M12 17h.01";
    public const string Info = "M12 3a9 9 0 100 18 9 9 0 000-18zM12 11v5M12 8h.01";
    public const string Clock = "M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3 2";
    public const string Pause = "M9 5v14M15 5v14";
    public const string Stop = "M6 6h12v12H6z";
    public const string Plus = "M12 5v14M5 12h14";
    public const string Minus = "M5 12h14";
    public const string Upload = "M12 16V4m0 0L7 9m5-5l5 5M4 16v3a1 1 0 001 1h14a1 1 0 001-1v-3";
    public const string Download = "M12 4v12m0 0l-5-5m5 5l5-5M4 17v2a1 1 0 001 1h14a1 1 0 001-1v-2";
    public const string Copy = "M9 9h11v11H9zM5 15H4V4h11v1";
    public const string Trash = "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6";
    public const string More = "M5 11a1 1 0 100 2 1 1 0 000-2zM12 11a1 1 0 100 2 1 1 0 000-2zM19 11a1 1 0 100 2 1 1 0 000-2z";
    public const string Undo = "M9 7H4V2M4 7a9 9 0 11-1 7";
    public const string Key = "M14.5 4a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM10.5 13.5L3 21m3-3l2.5 2.5";
    public const string User = "M12 4a4 4 0 100 8 4 4 0 000-8zM4 21c0-4 3.5-6 8-6s8 2 8 6";
    public const string Right = "M9 5l7 7-7 7";
    public const string Down = "M5 9l7 7 7-7";
    public const string Arrow = "M4 12h16m-6-6l6 6-6 6";
    public const string Table = "M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9";
    public const string File = "M6 3h8l5 5v13H6zM14 3v5h5";
    public const string Refresh = "M20 5v5h-5M4 19v-5h5M19 10a8 8 0 00-14-3M5 14a8 8 0 0014 3";
    public const string Pen = "M4 20h4L19 9l-4-4L4 16zM13 7l4 4";
    public const string Gate = "M12 3l8 3v6c0 5-3.5 7.5-8 9-4.5-1.5-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-4.5";
    public const string Review = "M5 4h14v12H9l-4 4zM9 9h6M9 12h4";
    public const string ThumbUp = "M7 11v9H4v-9zM7 11l4-8c1.5 0 2.5 1 2.5 2.5V9H19c1 0 2 1 1.8 2.2l-1.3 7A2 2 0 0117.500 20H7";
    public const string ThumbDown = "M17 13V4h3v9zM17 13l-4 8c-1.500 0-2.500-1-2.500-2.500V15H5c-1 0-2-1-1.800-2.200l1.300-7A2 2 0 016.500 4H17";
    public const string Dot = "M12 8a4 4 0 100 8 4 4 0 000-8z";
}
