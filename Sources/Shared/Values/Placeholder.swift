public enum PlaceholderValues {}
